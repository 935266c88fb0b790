export { LocatedError, UserError } from './errors.ts';
