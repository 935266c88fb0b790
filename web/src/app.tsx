/** The frame of the page: its header, its three views, and what is going on. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { filesOfDrop } from '../../src/web/filesOfDrop.ts';
import { ClassifyView } from './classifyView.tsx';
import { LabelView } from './labelView.tsx';
import { ModelView } from './modelView.tsx';
import { page, usePage } from './page.ts';
import { counted, timeLeft } from './words.ts';

const VIEWS = { classify: 'Classify', label: 'Label', models: 'Models' } as const;
type View = keyof typeof VIEWS;

const viewOfAddress = (): View => {
  const name = location.hash.slice(1);
  return name in VIEWS ? (name as View) : 'classify';
};

export function App() {
  const { error } = usePage();
  const [view, setView] = useState<View>(viewOfAddress);
  useEffect(() => {
    const follow = () => setView(viewOfAddress());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return (
    <DropArea>
      <header class="top">
        <h1>Tuning Fork</h1>
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([name, label]) => (
            <a key={name} href={`#${name}`} aria-current={name === view ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <Runtime />
      </header>
      <main>
        {error !== undefined && (
          <div class="notice error" role="alert">
            <p>{error}</p>
            <button type="button" onClick={() => page.dismissError()}>
              Close
            </button>
          </div>
        )}
        <Progress />
        <Problems />
        {view === 'classify' && <ClassifyView />}
        {view === 'label' && <LabelView />}
        {view === 'models' && <ModelView />}
      </main>
    </DropArea>
  );
}

/** The whole window takes files. */
function DropArea({ children }: { children: ComponentChildren }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    let depth = 0; // of nested elements
    const enter = (event: DragEvent, change: number) => {
      event.preventDefault();
      depth = Math.max(0, depth + change);
      setOver(depth > 0);
    };
    const listeners: Record<string, (event: DragEvent) => void> = {
      dragenter: (event) => enter(event, 1),
      dragleave: (event) => enter(event, -1),
      dragover: (event) => event.preventDefault(),
      async drop(event) {
        enter(event, Number.NEGATIVE_INFINITY);
        if (event.dataTransfer === null) return;
        const { files, failures } = await filesOfDrop(event.dataTransfer);
        await page.addFiles(files, failures);
      },
    };
    for (const [name, listener] of Object.entries(listeners))
      addEventListener(name, listener as (event: Event) => void);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        removeEventListener(name, listener as (event: Event) => void);
    };
  }, []);
  return <div class={isOver ? 'drop over' : 'drop'}>{children}</div>;
}

/** Where the model runs. */
function Runtime() {
  const { model, runtime, offline } = usePage();
  if (model === undefined || runtime === undefined) return <p class="runtime">Opening the model…</p>;
  const { device, threads, reason } = runtime;
  return (
    <p class="runtime">
      <a href="#models">{model.name}</a> on{' '}
      {device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${counted(threads, 'thread')}`} ({reason}). Nothing
      leaves this machine.
      {offline && (offline.offline ? ' Works offline.' : ` Does not work offline: ${offline.reason}.`)}
    </p>
  );
}

function Progress() {
  const { work } = usePage();
  return (
    <div class="work">
      {work !== undefined && (
        <>
          <progress max={Math.max(1, work.total)} value={work.done} aria-label="Pictures done" />
          <span>
            {work.total === 0 ? 'Reading the files…' : `${work.done} of ${work.total} pictures`}
            {timeLeft(work)}
          </span>
          <button type="button" onClick={() => page.stop()}>
            Stop
          </button>
        </>
      )}
    </div>
  );
}

/** Files that could not be used, and notes. */
function Problems() {
  const { failed, notes } = usePage();
  if (failed.length === 0 && notes.length === 0) return null;
  return (
    <details class="notice" open={failed.length + notes.length <= 5}>
      <summary>
        {failed.length > 0 && `${counted(failed.length, 'file')} could not be used`}
        {failed.length > 0 && notes.length > 0 && '; '}
        {notes.length > 0 && counted(notes.length, 'note')}
      </summary>
      <ul>
        {failed.map(({ name, reason }, i) => (
          <li key={i}>
            <strong>{name}</strong>: {reason}
          </li>
        ))}
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <button type="button" onClick={() => page.dismissFailed()}>
        Close
      </button>
    </details>
  );
}
