/** Labels galaxies: a walk down the decision tree, answered with the keyboard. */
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { SURVEYS } from '../../src/tree/surveys.ts';
import { defineTree, type Tree } from '../../src/tree/tree.ts';
import { addressOf } from './galaxyGrid.tsx';
import { labelledIds, lastVote } from './labels.ts';
import { page, usePage } from './page.ts';
import type { GalaxyRecord, VoteRecord } from './protocol.ts';
import { counted, TABLES } from './words.ts';

/** The formats of tables that can be opened again, here and by `train --solutions`. */
const LABEL_TABLES = TABLES.filter(([ending]) => ending !== '.jsonl');

/** The order in which galaxies are shown. */
type Order = 'random' | 'listed';

export function LabelView() {
  const { galaxies, votes, model, labelTree } = usePage();
  const [person, setPerson] = useState(keptPerson);
  const [order, setOrder] = useState<Order>('random');
  const tree = useMemo(() => labelTree && defineTree(labelTree), [labelTree]);
  useEffect(() => keepPerson(person), [person]);
  if (model === undefined || tree === undefined) return <p>Opening the model…</p>;
  const own = votes.filter((vote) => vote.tree === tree.data.name);
  const ownOfPerson = own.filter((vote) => vote.person === person);
  const done = new Set(ownOfPerson.map(({ id }) => id));
  const listed = order === 'listed' ? galaxies : shuffled(galaxies);
  const last = lastVote(ownOfPerson, galaxies);
  const left = listed.filter(({ id }) => !done.has(id));
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <TreeChoice tree={tree} />
        <label>
          Person
          <input
            type="text"
            size={12}
            value={person}
            onChange={({ currentTarget: { value } }) => value.trim() !== '' && setPerson(value.trim())}
            onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
          />
        </label>
        <label>
          Next
          <select value={order} onChange={({ currentTarget }) => setOrder(currentTarget.value as Order)}>
            <option value="random">at random</option>
            <option value="listed">in order</option>
          </select>
        </label>
        <output>
          {labelledIds(ownOfPerson).size} labelled by {person}, {labelledIds(own).size} in all
        </output>
      </form>
      {left.length > 0 ? (
        <Walk
          key={`${tree.data.name} ${person} ${left[0]!.id}`}
          tree={tree}
          galaxy={left[0]!}
          person={person}
          last={last}
        />
      ) : (
        <p class="actions">
          {galaxies.length === 0
            ? 'Classify some pictures first; then label them here.'
            : 'No galaxies are left to label.'}
          {last && (
            <button type="button" onClick={() => void page.removeVote(last)}>
              Undo the last galaxy
            </button>
          )}
        </p>
      )}
      <Labels tree={tree} own={own} />
    </>
  );
}

/** The person who labelled last. Some private windows keep nothing. */
function keptPerson(): string {
  try {
    return localStorage.getItem('person') ?? 'me';
  } catch {
    return 'me';
  }
}

function keepPerson(person: string): void {
  try {
    localStorage.setItem('person', person);
  } catch {}
}

/** The galaxies in an order that stays the same. */
function shuffled(galaxies: readonly GalaxyRecord[]): GalaxyRecord[] {
  const lot = ({ id }: GalaxyRecord) => {
    let hash = 2166136261;
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
    return Math.imul(hash ^ (hash >>> 15), 2246822519) >>> 0;
  };
  return [...galaxies].sort((a, b) => lot(a) - lot(b));
}

function TreeChoice({ tree }: { tree: Tree }) {
  const trees = [...usePage().ownTrees, ...SURVEYS.map(({ data }) => data)];
  return (
    <>
      <label>
        Questions
        <select
          value={tree.data.name}
          onChange={({ currentTarget: { value } }) => {
            const found = trees.find(({ name }) => name === value);
            if (found) page.setLabelTree(found);
          }}
        >
          {trees.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label class="button">
        Open your own questions
        <input
          type="file"
          accept=".json"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) void page.openLabelTree(file);
            currentTarget.value = '';
          }}
        />
      </label>
    </>
  );
}

/** The questions about one galaxy. */
function Walk({
  tree,
  galaxy,
  person,
  last: lastVote,
}: {
  tree: Tree;
  galaxy: GalaxyRecord;
  person: string;
  /** The person's last vote. */
  last: VoteRecord | undefined;
}) {
  const [answers, setAnswers] = useState<readonly number[]>([]);
  const [picture, setPicture] = useState<Blob>();
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    page.picture(galaxy.id).then(
      (blob) => isCurrent && setPicture(blob),
      () => isCurrent && setMissing(true), // the thumbnail stays
    );
    return () => {
      isCurrent = false;
    };
  }, [galaxy.id]);
  const last = answers.length === 0 ? undefined : tree.columns[answers.at(-1)!]!;
  const number = last === undefined ? 1 : last.next!;
  const question = tree.questions[number - 1]!;
  const choices = tree.columns.slice(question.start, question.end);
  const answer = (index: number) => {
    const all = [...answers, index];
    if (tree.columns[index]!.next !== null) setAnswers(all);
    else {
      void page.vote({
        ...{ tree: tree.data.name, id: galaxy.id, person, time: Date.now() },
        answers: all.map((each) => tree.columns[each]!.name),
      });
    }
  };
  const undo = () => {
    if (answers.length > 0) {
      setAnswers(answers.slice(0, -1));
      return;
    }
    if (lastVote) void page.removeVote(lastVote);
  };
  const skip = () =>
    void page.vote({ tree: tree.data.name, id: galaxy.id, person, time: Date.now(), answers: [] });
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement && event.target.type === 'text') return;
      const choice = choices[Number(event.key) - 1] ?? (event.key === '0' ? choices[9] : undefined);
      if (choice) answer(choice.index);
      else if (event.key === 's') skip();
      else if (event.key === 'u' || event.key === 'Backspace') undo();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  return (
    <section class="label" aria-label={`Galaxy ${galaxy.id}`}>
      <img class="picture" src={addressOf(picture ?? galaxy.thumbnail)} alt={`Galaxy ${galaxy.id}`} />
      <div>
        <p class="soft">
          {galaxy.id}
          {answers.length > 0 && `: ${answers.map((each) => tree.columns[each]!.label).join(' → ')}`}
        </p>
        {isMissing && <p class="soft">The picture is not open: open its file again to train on it too.</p>}
        <h2 aria-live="polite">{question.text}</h2>
        <div class="choices">
          {choices.map(({ index, text }, i) => (
            <button key={index} type="button" onClick={() => answer(index)}>
              {i < 10 && <kbd>{(i + 1) % 10}</kbd>}
              {text}
            </button>
          ))}
        </div>
        <p class="actions">
          <button type="button" onClick={undo}>
            <kbd>u</kbd> Undo
          </button>
          <button type="button" onClick={skip}>
            <kbd>s</kbd> Skip this galaxy
          </button>
        </p>
      </div>
    </section>
  );
}

/** Saving, opening and training on labels. */
function Labels({ tree, own }: { tree: Tree; own: readonly VoteRecord[] }) {
  const labelled = labelledIds(own).size;
  const tables = [...new Set(own.flatMap(({ imported, person }) => (imported ? person : [])))];
  return (
    <p class="actions">
      <span>{counted(labelled, 'labelled galaxy', 'labelled galaxies')}:</span>
      {LABEL_TABLES.map(([ending, label]) => (
        <button
          key={ending}
          type="button"
          disabled={labelled === 0}
          onClick={() => void page.downloadLabels(tree.data, ending)}
        >
          Save as {label}
        </button>
      ))}
      <label class="button">
        Open a table of labels
        <input
          type="file"
          accept=".csv,.tsv,.ecsv,.parquet,.fits,.gz"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) void page.importLabels(tree.data, file);
            currentTarget.value = '';
          }}
        />
      </label>
      {tables.map((name) => (
        <button key={name} type="button" onClick={() => void page.removeLabels(tree.data.name, name)}>
          Remove the labels of {name}
        </button>
      ))}
      <a href="#models">Train a model on them</a>
    </p>
  );
}
