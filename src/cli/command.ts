/** The record of a command. */
import type { z } from 'zod';
import type { Terminal } from './terminal.ts';

export interface CommandRecord<Schema extends z.ZodObject = z.ZodObject> {
  name: string;
  description: string;
  /** The flags: the options of its task, and any that only the command line has. */
  schema: Schema;
  /** Runs the task and prints its result. Tasks load slowly: import them here. */
  run(options: z.input<Schema>, terminal: Terminal): Promise<void>;
}

/** A command whose options have the types of its schema. */
export const command = <Schema extends z.ZodObject>(record: CommandRecord<Schema>): CommandRecord =>
  record as unknown as CommandRecord;
