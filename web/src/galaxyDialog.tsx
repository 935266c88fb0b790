/** One galaxy in full: its picture, the whole tree with bars, and the explanation of any answer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { hasIntervals } from '../../src/model/intervals.ts';
import { PICTURE_FLAGS } from '../../src/picture/flags.ts';
import { publishedFractions } from '../../src/tree/conditional.ts';
import { leadingRoute, routeInWords } from '../../src/tree/route.ts';
import type { Question, Tree } from '../../src/tree/tree.ts';
import { certainty, widestIntervals } from './choice.ts';
import { addressOf } from './galaxyGrid.tsx';
import { page } from './page.ts';
import type { ExplanationView, GalaxyRecord, ModelView } from './protocol.ts';
import { percent, range } from './words.ts';

interface GalaxyProps {
  galaxy: GalaxyRecord;
  model: ModelView;
  tree: Tree;
}

export function GalaxyDialog({
  onClose,
  onStep,
  ...galaxyProps
}: GalaxyProps & { onClose: () => void; onStep: (step: -1 | 1) => void }) {
  const { galaxy, tree, model } = galaxyProps;
  const dialog = useRef<HTMLDialogElement>(null);
  const [chosen, setChosen] = useState<{ id: string; column?: string }>();
  const column = chosen?.id === galaxy.id ? chosen.column : undefined;
  const setColumn = (column?: string) => setChosen({ id: galaxy.id, column });
  useEffect(() => dialog.current!.showModal(), []);
  const route = leadingRoute(tree, galaxy.fractions);
  return (
    <dialog
      ref={dialog}
      class="galaxy"
      aria-labelledby="galaxy-title"
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement) return;
        if (event.key === 'ArrowRight') onStep(1);
        if (event.key === 'ArrowLeft') onStep(-1);
      }}
    >
      <header>
        <h2 id="galaxy-title">{galaxy.id}</h2>
        <button type="button" aria-label="Previous galaxy" onClick={() => onStep(-1)}>
          ←
        </button>
        <button type="button" aria-label="Next galaxy" onClick={() => onStep(1)}>
          →
        </button>
        <button type="button" onClick={() => dialog.current!.close()}>
          Close
        </button>
      </header>
      <div class="two">
        <section>
          <ExplanationPanel key={galaxy.id} {...galaxyProps} column={column} onColumn={setColumn} />
          {galaxy.flags.map((flag) => (
            <p key={flag} class="flags">
              {flag}: {PICTURE_FLAGS[flag]}
            </p>
          ))}
        </section>
        <section>
          <p class="route">
            {routeInWords(tree, route)}{' '}
            <span class="soft">(probability of this path: {percent(certainty(tree, galaxy))})</span>
          </p>
          <AnswerTree {...galaxyProps} chosen={column} onChoose={setColumn} />
        </section>
      </div>
      <p class="soft">
        Fractions of{' '}
        {tree.data.fractions === 'conditional'
          ? 'the volunteers who were asked the question'
          : 'all volunteers'}
        , predicted by {model.name}
        {hasIntervals(model) && ', with 95 % intervals'}. Choose an answer to see which parts of the picture
        it depends on.
      </p>
    </dialog>
  );
}

function AnswerTree({
  galaxy,
  model,
  tree,
  chosen,
  onChoose,
}: GalaxyProps & { chosen?: string; onChoose: (column: string) => void }) {
  const fractions = publishedFractions(tree, galaxy.fractions);
  const intervals = widestIntervals(model, tree, galaxy);
  const leading = new Set(leadingRoute(tree, galaxy.fractions).map(({ index }) => index));
  const reach = ({ parents }: Question) =>
    parents.length === 0 ? 1 : parents.reduce((sum, parent) => sum + galaxy.fractions[parent]!, 0);
  return (
    <>
      {tree.questions.map((question) => (
        <fieldset key={question.number} class={reach(question) < 0.1 ? 'question faint' : 'question'}>
          <legend>
            {question.text} <span class="soft">asked of {percent(reach(question))} of volunteers</span>
          </legend>
          {tree.columns.slice(question.start, question.end).map(({ index, name, text }) => (
            <button
              key={name}
              type="button"
              class={leading.has(index) ? 'answer leads' : 'answer'}
              aria-pressed={chosen === name}
              onClick={() => onChoose(name)}
            >
              <span class="bar" style={{ '--share': fractions[index]! }} />
              <span>{text}</span>
              <span class="number" title={intervals && 'the fraction and its 95 % interval'}>
                {percent(fractions[index]!)}
                {intervals && <small> {range(intervals.low[index]!, intervals.high[index]!)}</small>}
              </span>
            </button>
          ))}
        </fieldset>
      ))}
    </>
  );
}

/** The picture under the map of a layer, drawn when an answer is chosen. */
function ExplanationPanel({
  galaxy,
  model,
  tree,
  column,
  onColumn,
}: GalaxyProps & { column?: string; onColumn: (column?: string) => void }) {
  const [views, setViews] = useState(1);
  const [deletion, setDeletion] = useState(false);
  const [layer, setLayer] = useState(0);
  const [isShown, setShown] = useState(true);
  const [explanation, setExplanation] = useState<ExplanationView>();
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    if (column === undefined) return;
    let isCurrent = true;
    setBusy(true);
    setProblem(undefined);
    page
      .explain({ id: galaxy.id, column: column === '' ? undefined : column, views, deletion })
      .then(
        (view) => isCurrent && setExplanation(view),
        (error: Error) => isCurrent && setProblem(error.message),
      )
      .finally(() => isCurrent && setBusy(false));
    return () => {
      isCurrent = false;
      setBusy(false);
      page.stopExplaining();
    };
  }, [galaxy.id, column, views, deletion]);
  const map = explanation?.maps[Math.min(layer, explanation.maps.length - 1)];
  const explained = explanation && tree.columns.find(({ name }) => name === explanation.column);
  return (
    <>
      {explanation && map ? (
        <Canvas
          pixels={isShown ? map.pixels : explanation.picture}
          size={explanation.size}
          label={`Map of ${explained!.label}`}
        />
      ) : (
        <img class="picture" src={addressOf(galaxy.thumbnail)} alt={`Galaxy ${galaxy.id}`} />
      )}
      <p aria-live="polite" class="soft">
        {isBusy && (
          <>
            Explaining…{' '}
            <button type="button" onClick={() => onColumn()}>
              Stop
            </button>
          </>
        )}
        {!isBusy && problem}
        {!isBusy && problem === undefined && explained && map && (
          <>
            {explained.label} –{' '}
            {map.flat
              ? 'no part of the picture matters more than another'
              : 'bright parts support the answer'}
            {map.stability !== null &&
              `; agreement between views: ${map.stability.toFixed(2).replace('-0.00', '0.00')}`}
          </>
        )}
      </p>
      <p class="actions">
        {column === undefined ? (
          <button type="button" onClick={() => onColumn('')}>
            Explain
          </button>
        ) : (
          <>
            <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
              Map
            </button>
            {model.layers.length > 1 && (
              <label>
                Layer
                <select value={layer} onChange={({ currentTarget }) => setLayer(Number(currentTarget.value))}>
                  {explanation?.maps.map(({ layer: name }, i) => (
                    <option key={name} value={i}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
            )}
            <label>
              Views
              <select value={views} onChange={({ currentTarget }) => setViews(Number(currentTarget.value))}>
                {[1, 4, 8, 16].map((count) => (
                  <option key={count} value={count}>
                    {count}
                  </option>
                ))}
              </select>
            </label>
            <label>
              <input
                type="checkbox"
                checked={deletion}
                onChange={({ currentTarget }) => setDeletion(currentTarget.checked)}
              />
              Test by deletion
            </label>
          </>
        )}
      </p>
      {explanation?.deletion && <DeletionCurves {...explanation.deletion} />}
    </>
  );
}

function Canvas({
  pixels,
  size,
  label,
}: {
  pixels: ExplanationView['picture'];
  size: number;
  label: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current!.getContext('2d')!.putImageData(new ImageData(pixels, size, size), 0, 0);
  }, [pixels, size]);
  return <canvas ref={canvas} class="picture" width={size} height={size} role="img" aria-label={label} />;
}

/** The fraction of the answer as parts of the picture are deleted. */
function DeletionCurves({
  removed,
  map,
  random,
  middle,
  meaningful,
}: NonNullable<ExplanationView['deletion']>) {
  const [width, height] = [280, 120];
  const most = Math.max(...map, ...random, ...middle, 0.01);
  const line = (values: readonly number[]) =>
    values.map((value, i) => `${width * removed[i]!},${height * (1 - value / most)}`).join(' ');
  const curves = { 'by the map': map, 'at random': random, 'from the centre': middle };
  return (
    <figure class="curves">
      <svg
        viewBox={`-2 -2 ${width + 4} ${height + 4}`}
        role="img"
        aria-label="Fraction of the answer as pixels are deleted"
      >
        {Object.values(curves).map((values, i) => (
          <polyline key={i} points={line(values)} class={`curve series-${i + 1}`} />
        ))}
      </svg>
      <figcaption>
        The answer’s fraction (upwards, 0 to {percent(most)}) as more pixels are deleted (rightwards):{' '}
        {Object.keys(curves).map((name, i) => (
          <span key={name} class={`key series-${i + 1}`}>
            {name}
          </span>
        ))}
        <br />
        {meaningful
          ? 'Deleting by the map lowers the fraction significantly faster than at random: the map is meaningful.'
          : 'Deleting by the map does not lower the fraction significantly faster than at random: the map may be meaningless.'}
      </figcaption>
    </figure>
  );
}
