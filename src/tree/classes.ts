/** Classes without a decision tree. */
import { defineTree, type Tree, type TreeData } from './tree.ts';

/**
 * The tree of a list of classes: one question, whose answers and columns are the classes.
 * @param about its name, title and source; default: `classes`
 * @param place for messages, such as the file
 * @throws UserError with the path of the fault: fewer than two classes, a class twice, or a name that cannot stand in a CSV header
 * @example classesTree(['spiral', 'smooth', 'merger']).columns.map(({ name }) => name) // ['spiral', 'smooth', 'merger']
 */
export function classesTree(
  classes: readonly string[],
  about: Partial<Pick<TreeData, 'name' | 'title' | 'source'>> = {},
  place?: string,
): Tree {
  const answers = classes.map((name) => ({ text: name, column: name }));
  const questions = [{ topic: 'class', text: 'Which class is it?', answers }];
  return defineTree(
    { name: 'classes', title: 'Classes', source: 'a list of classes', ...about, questions },
    place,
  );
}
