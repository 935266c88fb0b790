/** A command: its flags are the options of a verb. */
import type { z } from 'zod';
import type { Terminal } from './terminal.ts';

export interface CommandRecord<Schema extends z.ZodObject = z.ZodObject> {
  name: string;
  description: string;
  /** The flags: a verb's options, and any that are the command line's own. */
  schema: Schema;
  /** Calls the verb with the options that were given, and prints its result. Verbs are imported here: they load slowly. */
  run(options: z.input<Schema>, terminal: Terminal): Promise<void>;
}

/** A command, its options typed by its schema. */
export const command = <Schema extends z.ZodObject>(record: CommandRecord<Schema>): CommandRecord =>
  record as unknown as CommandRecord;
