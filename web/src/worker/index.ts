/** The worker of the page: decodes pictures, computes, and keeps the results in the browser. */
import { expose } from 'comlink';
import { defineTree, type TreeData } from '../../../src/tree/tree.ts';
import { type ChooseDeviceOptions, chooseDevice } from '../../../src/web/chooseDevice.ts';
import type { OpenedPage, TableEnding } from '../protocol.ts';
import { classify, classifyAgain, classifySimulated, receive, removeGalaxies } from './classify.ts';
import { explain, largePicture, stopExplaining } from './explain.ts';
import {
  countTrainable,
  importLabels,
  keepVote,
  removeLabels,
  removeUnlabelled,
  removeVote,
} from './labels.ts';
import { addModel, chooseModel, modelFile, modelNames, openLast, removeModel } from './models.ts';
import { database, session, stopWork } from './session.ts';
import { labelTable, predictionTables } from './tables.ts';
import { lastTraining, resumeTraining, stopTraining, train } from './training.ts';

const pageWorker = {
  /** Opens the model, and reads what the browser has kept. */
  async open(options: ChooseDeviceOptions): Promise<OpenedPage> {
    const stored = await database;
    const runtime = await chooseDevice(options);
    session.device = { name: runtime.device, threads: runtime.threads };
    await removeUnlabelled();
    return {
      ...(await openLast()),
      models: await modelNames(),
      runtime,
      votes: await stored.getAll('votes'),
      labelTree: (await stored.get('settings', 'labelTree')) as TreeData | undefined,
      ownTrees: ((await stored.get('settings', 'ownTrees')) as TreeData[] | undefined) ?? [],
      training: await lastTraining(),
    };
  },
  /** Keeps the tree that galaxies are labelled with, and the user's own trees. */
  async keepLabelTrees(tree: TreeData, own: readonly TreeData[]): Promise<void> {
    const stored = await database;
    await stored.put('settings', tree, 'labelTree');
    await stored.put('settings', own, 'ownTrees');
  },
  countTrainable: (tree: TreeData) => countTrainable(defineTree(tree)),
  labelTable: (tree: TreeData, ending: TableEnding) => labelTable(defineTree(tree), ending),
  ...{ chooseModel, addModel, removeModel, modelFile, modelNames },
  ...{ receive, classify, classifySimulated, classifyAgain, stopWork, removeGalaxies, predictionTables },
  ...{ explain, stopExplaining, largePicture },
  ...{ keepVote, removeVote, importLabels, removeLabels },
  ...{ train, resumeTraining, stopTraining },
};

export type PageWorker = typeof pageWorker;
expose(pageWorker);
