/** A grid of galaxies. Only the rows in sight are in the document, so thousands of galaxies scroll smoothly. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { leadingRoute, routeInWords } from '../../src/tree/route.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { certainty, widestIntervals } from './choice.ts';
import type { GalaxyRecord, ModelView } from './protocol.ts';
import { percent, range } from './words.ts';

/** In pixels. */
const TILE = { width: 168, height: 320, gap: 12 };
/** Rows above and below those in sight. */
const SPARE_ROWS = 1;

interface GridProps {
  galaxies: readonly GalaxyRecord[];
  model: ModelView;
  tree: Tree;
  /** Index of the column whose fraction is shown; undefined: that of the first answer. */
  answer?: number;
  onOpen: (id: string) => void;
}

export function GalaxyGrid({ galaxies, model, tree, answer, onOpen }: GridProps) {
  const box = useRef<HTMLUListElement>(null);
  const [columns, setColumns] = useState(4);
  const [range, setRange] = useState({ first: 0, last: 20 });
  const pitch = TILE.height + TILE.gap;
  const rows = Math.ceil(galaxies.length / columns);
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => {
      setColumns(Math.max(2, Math.floor((element.clientWidth + TILE.gap) / (TILE.width + TILE.gap))));
      const top = -element.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(top / pitch) - SPARE_ROWS);
      const last = Math.ceil((top + innerHeight) / pitch) + SPARE_ROWS;
      setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      removeEventListener('scroll', measure);
    };
  }, [pitch]);
  const first = Math.min(range.first, Math.max(0, rows - 1));
  const last = Math.min(range.last, rows);
  // The same elements are not compared again when only the progress changes.
  const tiles = useMemo(
    () =>
      galaxies
        .slice(first * columns, (last + 1) * columns)
        .map((galaxy, i) => (
          <Tile
            key={galaxy.id}
            galaxy={galaxy}
            place={first * columns + i + 1}
            all={galaxies.length}
            {...{ model, tree, answer, onOpen }}
          />
        )),
    [galaxies, first, last, columns, model, tree, answer, onOpen],
  );
  return (
    <ul
      ref={box}
      class="grid"
      aria-label="Galaxies"
      style={{ height: `${rows * pitch}px`, paddingTop: `${first * pitch}px`, '--columns': columns }}
    >
      {tiles}
    </ul>
  );
}

const addresses = new WeakMap<Blob, string>();

/** An address for a thumbnail. It is kept, as a new one for each tile that scrolls into view would stall the page. */
export function addressOf(content: Blob): string {
  const address = addresses.get(content) ?? URL.createObjectURL(content);
  addresses.set(content, address);
  return address;
}

function Tile({
  galaxy,
  model,
  tree,
  answer,
  onOpen,
  place,
  all,
}: Omit<GridProps, 'galaxies'> & { galaxy: GalaxyRecord; place: number; all: number }) {
  const { id, fractions, flags, thumbnail } = galaxy;
  const route = leadingRoute(tree, fractions);
  const shown = answer === undefined ? route[0]! : tree.columns[answer]!;
  const intervals = widestIntervals(model, tree, galaxy);
  const ends = intervals && range(intervals.low[shown.index]!, intervals.high[shown.index]!);
  return (
    <li class="tile" aria-posinset={place} aria-setsize={all}>
      <button type="button" onClick={() => onOpen(id)}>
        <img src={addressOf(thumbnail)} alt="" width={TILE.width} height={TILE.width} />
        <strong>{id}</strong>
        <span class="route">{routeInWords(tree, route)}</span>
        <span class="soft" title={ends && 'the fraction and its 95 % interval'}>
          {answer === undefined ? routeInWords(tree, [shown]) : shown.label}{' '}
          {percent(fractions[shown.index]!)}
          {ends && ` (${ends})`}
        </span>
        {flags.length > 0 && <span class="flags">{flags.join(', ')}</span>}
        <meter
          class="certainty"
          title="probability of this path"
          min={0}
          max={1}
          value={certainty(tree, galaxy)}
          aria-label="probability of this path"
        />
      </button>
    </li>
  );
}
