/** The record of a command. */
import type { z } from 'zod';
import type { Terminal } from './terminal.ts';

export interface CommandRecord<Schema extends z.ZodObject = z.ZodObject> {
  name: string;
  description: string;
  /** The flags: the options of its verb, and any that only the command line has. */
  schema: Schema;
  /** Calls the verb and prints its result. Verbs load slowly: import them here. */
  run(options: z.input<Schema>, terminal: Terminal): Promise<void>;
}

/** A command whose options have the types of its schema. */
export const command = <Schema extends z.ZodObject>(record: CommandRecord<Schema>): CommandRecord =>
  record as unknown as CommandRecord;
