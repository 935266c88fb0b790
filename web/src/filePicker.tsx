/** Buttons that take files, and the first words of an empty page. */
import { useState } from 'preact/hooks';
import { isFitsName } from '../../src/files/reference.ts';
import { resolveStretch, stretchNames, usualBands } from '../../src/picture/stretch.ts';
import { page, usePage } from './page.ts';

const ACCEPTED = '.jpg,.jpeg,.png,.webp,.tif,.tiff,.fits,.fit,.fts,.fz,.gz,.zip';

export function FilePicker({ isEmpty }: { isEmpty: boolean }) {
  const { model, work } = usePage();
  const isReady = model !== undefined && work === undefined;
  const take = (event: { currentTarget: HTMLInputElement }) => {
    void page.addFiles([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = '';
  };
  return (
    <section class={isEmpty ? 'picker empty' : 'picker'}>
      {isEmpty && (
        <>
          <h2>What would volunteers say about your galaxies?</h2>
          <p>
            Drop pictures, folders or zips anywhere on this page. A network predicts how volunteers would
            answer the questions of {model?.tree.title ?? 'Galaxy Zoo 2'}, and shows which parts of a picture
            an answer depends on. Everything runs in this browser, even offline.
          </p>
        </>
      )}
      <p class="actions">
        <label class="button">
          Choose files
          <input type="file" multiple accept={ACCEPTED} disabled={!isReady} onChange={take} />
        </label>
        <label class="button">
          Choose a folder
          <input
            type="file"
            disabled={!isReady}
            onChange={take}
            ref={(input) => {
              if (input) input.webkitdirectory = true;
            }}
          />
        </label>
        <button type="button" disabled={!isReady} onClick={() => void page.classifySimulated()}>
          {isEmpty ? 'Try simulated galaxies' : 'Add simulated galaxies'}
        </button>
        {isReady && isEmpty && page.hasBegun && (
          <button type="button" onClick={() => void page.classifyAgain()}>
            Classify the open pictures with {model.name}
          </button>
        )}
      </p>
      {isEmpty && (
        <p class="soft">
          {model?.preprocessing.stretch === undefined ? 'JPEG, PNG, WebP or FITS' : 'FITS or 16-bit PNG'},
          with one galaxy in the middle of each picture.
        </p>
      )}
      {model !== undefined && model.preprocessing.stretch === undefined && <Stretch isReady={isReady} />}
    </section>
  );
}

/** How FITS is shown to a model that takes pictures of 8 bits. */
function Stretch({ isReady }: { isReady: boolean }) {
  const { stretch, galaxies } = usePage();
  const [problem, setProblem] = useState<string>();
  const change = (text: string) => {
    try {
      page.setStretch(text);
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const hasFits = galaxies.some(({ name }) => isFitsName(name));
  return (
    <details class="stretch">
      <summary>FITS images</summary>
      <p class="actions">
        <label>
          Stretch
          <select
            value={stretch.replace(/:.*/s, '')}
            onChange={({ currentTarget }) => change(currentTarget.value)}
          >
            {stretchNames().map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          with its parameters
          <input
            type="text"
            size={36}
            value={resolveStretch(stretch, usualBands(stretch))}
            onChange={({ currentTarget }) => change(currentTarget.value)}
          />
        </label>
        <button type="button" disabled={!isReady || !hasFits} onClick={() => void page.classifyAgain()}>
          Classify the open pictures again
        </button>
      </p>
      <p class="soft" role={problem === undefined ? undefined : 'alert'}>
        {problem ??
          'The stretch turns raw values into brightness. Three bands are shown as blue, green and red, in this order; a single band is shown in grey.'}
      </p>
    </details>
  );
}
