/** Classifies pictures: a grid of galaxies, filters, downloads, and one galaxy in full. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { PICTURE_FLAGS, type PictureFlag } from '../../src/picture/flags.ts';
import { answerNumber } from '../../src/tree/tree.ts';
import { ALL, type Choice, chosenGalaxies, flagsOf } from './choice.ts';
import { FilePicker } from './filePicker.tsx';
import { GalaxyDialog } from './galaxyDialog.tsx';
import { GalaxyGrid } from './galaxyGrid.tsx';
import { page, usePage } from './page.ts';
import { RemoveButton } from './removeButton.tsx';
import { counted, TABLES } from './words.ts';

export function ClassifyView() {
  const { tree, model, galaxies, work } = usePage();
  const [choice, setChoice] = useState<Choice>(ALL);
  const [opened, setOpened] = useState<string>();
  const shown = useMemo(() => (tree ? chosenGalaxies(tree, galaxies, choice) : []), [tree, galaxies, choice]);
  const at = shown.findIndex(({ id }) => id === opened);
  useEffect(() => setChoice(ALL), [model?.name]);
  return (
    <>
      <FilePicker isEmpty={galaxies.length === 0} />
      {galaxies.length > 0 && tree && model && (
        <>
          <Filters choice={choice} onChange={setChoice} shown={shown.length} />
          <Downloads ids={shown.map(({ id }) => id)} isBusy={work !== undefined} />
          <GalaxyGrid galaxies={shown} answer={choice.answer} onOpen={setOpened} {...{ model, tree }} />
        </>
      )}
      {at >= 0 && tree && model && (
        <GalaxyDialog
          galaxy={shown[at]!}
          model={model}
          tree={tree}
          onClose={() => setOpened(undefined)}
          onStep={(step) => setOpened(shown[(at + step + shown.length) % shown.length]!.id)}
        />
      )}
    </>
  );
}

function Filters({
  choice,
  onChange,
  shown,
}: {
  choice: Choice;
  onChange: (choice: Choice) => void;
  shown: number;
}) {
  const { tree, galaxies } = usePage();
  const flags = flagsOf(galaxies);
  const { flag: chosen } = choice;
  if (chosen !== undefined && chosen !== 'none' && !flags.includes(chosen)) flags.push(chosen);
  const change = (part: Partial<Choice>) => onChange({ ...choice, ...part });
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Name
        <input
          type="search"
          size={12}
          value={choice.text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </label>
      <label>
        Answer
        <select
          value={choice.answer ?? ''}
          onChange={({ currentTarget: { value } }) => {
            const answer = value === '' ? undefined : Number(value);
            change({
              answer,
              sort: answer === undefined && choice.sort === 'answer' ? 'newest' : choice.sort,
            });
          }}
        >
          <option value="">any</option>
          {tree!.questions.map(({ number, topic, start, end }) => (
            <optgroup key={number} label={topic}>
              {tree!.columns.slice(start, end).map((column) => (
                <option key={column.index} value={column.index}>
                  {answerNumber(column)} {column.label}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {(flags.length > 0 || chosen !== undefined) && (
        <label>
          Flag
          <select
            value={choice.flag ?? ''}
            onChange={({ currentTarget: { value } }) =>
              change({ flag: value === '' ? undefined : (value as PictureFlag | 'none') })
            }
          >
            <option value="">any or none</option>
            <option value="none">without flags</option>
            {flags.map((flag) => (
              <option key={flag} value={flag} title={PICTURE_FLAGS[flag]}>
                {flag}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        Order
        <select
          value={choice.sort}
          onChange={({ currentTarget }) => change({ sort: currentTarget.value as Choice['sort'] })}
        >
          <option value="newest">newest first</option>
          <option value="id">by name</option>
          <option value="uncertain">least certain first</option>
          <option value="certain">most certain first</option>
          {choice.answer !== undefined && <option value="answer">largest fraction first</option>}
        </select>
      </label>
      <output aria-live="polite">
        {shown === galaxies.length ? '' : `${shown} of `}
        {counted(galaxies.length, 'galaxy', 'galaxies')}
      </output>
    </form>
  );
}

function Downloads({ ids, isBusy }: { ids: readonly string[]; isBusy: boolean }) {
  return (
    <p class="actions">
      <span>Save {counted(ids.length, 'result')} as</span>
      {TABLES.map(([ending, label]) => (
        <button
          key={ending}
          type="button"
          disabled={ids.length === 0}
          onClick={() => void page.downloadTable(ending, ids)}
        >
          {label}
        </button>
      ))}
      <RemoveButton
        what={counted(ids.length, 'result')}
        disabled={isBusy || ids.length === 0}
        onRemove={() => void page.remove(ids)}
      />
    </p>
  );
}
