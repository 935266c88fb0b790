/** The models of this browser, and the training of new ones. */
import { useEffect, useState } from 'preact/hooks';
import { labelledIds } from './labels.ts';
import { page, usePage } from './page.ts';
import type { Trainable, TrainingView } from './protocol.ts';
import { RemoveButton } from './removeButton.tsx';
import { counted, duration } from './words.ts';

export function ModelView() {
  const { model, models, training, labelTree, votes, work } = usePage();
  if (model === undefined) return <p>Opening the model…</p>;
  const { validationRmse } = model.provenance;
  const isTraining = training?.state === 'training';
  const labelled = labelledIds(votes.filter(({ tree }) => tree === labelTree?.name)).size;
  return (
    <>
      <section>
        <h2>Models in this browser</h2>
        <table>
          <tbody>
            {models.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  {name === model.name ? (
                    'in use'
                  ) : (
                    <button
                      type="button"
                      disabled={isTraining || work !== undefined}
                      onClick={() => void page.chooseModel(name)}
                    >
                      Use
                    </button>
                  )}
                </td>
                <td>
                  <button type="button" onClick={() => void page.downloadModel(name)}>
                    Save
                  </button>
                </td>
                <td>
                  {name !== 'box' && (
                    <RemoveButton
                      what="this model"
                      disabled={isTraining || work !== undefined}
                      onRemove={() => void page.removeModel(name)}
                    />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="actions">
          <label class="button">
            Open a model file
            <input
              type="file"
              accept=".safetensors"
              disabled={isTraining}
              onChange={({ currentTarget }) => {
                const [file] = currentTarget.files ?? [];
                if (file) void page.addModel(file);
                currentTarget.value = '';
              }}
            />
          </label>
          <button
            type="button"
            disabled={work !== undefined || isTraining}
            onClick={() => void page.classifyAgain()}
          >
            Classify the open pictures with {model.name}
          </button>
        </p>
        <p class="soft">
          {model.name} answers the questions of {model.tree.title}. It has{' '}
          {model.parameters.toLocaleString('en')} parameters and sees pictures at {model.preprocessing.size} ×{' '}
          {model.preprocessing.size} pixels
          {validationRmse !== undefined &&
            `; its RMSE on its validation galaxies was ${validationRmse.toFixed(4)}`}
          . The command line reads saved models too: <code>--model {model.name}.safetensors</code>.
        </p>
      </section>
      <section>
        <h2>Train a model on your labels</h2>
        {labelled === 0 ? (
          <p>
            There are no labels for {labelTree?.title} yet. <a href="#label">Label galaxies</a>, or open a
            table of labels in that view.
          </p>
        ) : (
          <TrainForm isBusy={isTraining || work !== undefined} />
        )}
        {training && <Training training={training} />}
      </section>
    </>
  );
}

/** The labelled galaxies that the model in use can be trained on. */
function useTrainable(): Trainable {
  const { labelTree, votes, model, work } = usePage();
  const [found, setFound] = useState<Trainable>({ galaxies: 0, withoutPicture: 0 });
  useEffect(() => {
    let isCurrent = true;
    page.countTrainable(labelTree!).then(
      (trainable) => isCurrent && setFound(trainable),
      () => {}, // the number stays
    );
    return () => {
      isCurrent = false;
    };
  }, [labelTree, votes, model, work === undefined]);
  return found;
}

function TrainForm({ isBusy }: { isBusy: boolean }) {
  const { labelTree, models, model } = usePage();
  const { galaxies, withoutPicture } = useTrainable();
  const [typed, setName] = useState('mine');
  const name = typed.trim();
  const [kind, setKind] = useState<'head' | 'network'>('head');
  const [epochs, setEpochs] = useState('');
  const isRefused = name === '' || name === 'box' || name.includes('/');
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        void page.startTraining({
          ...{ name, kind, seed: 1, tree: labelTree! },
          ...(epochs !== '' && { epochs: Number(epochs) }),
        });
      }}
    >
      <label>
        Name
        <input
          type="text"
          size={12}
          value={typed}
          onInput={({ currentTarget }) => setName(currentTarget.value)}
        />
      </label>
      <label>
        Train
        <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value as typeof kind)}>
          <option value="head">the last layer, in seconds</option>
          <option value="network">the whole network, in minutes</option>
        </select>
      </label>
      {kind === 'network' && (
        <label>
          Epochs
          <input
            type="number"
            min={1}
            max={1000}
            placeholder="auto"
            value={epochs}
            onInput={({ currentTarget }) => setEpochs(currentTarget.value)}
          />
        </label>
      )}
      <button type="submit" disabled={isBusy || isRefused || galaxies === 0}>
        Train {model!.name} on {counted(galaxies, 'galaxy', 'galaxies')}
      </button>
      {models.includes(name) && !isRefused && <span class="soft">replaces the model {name}</span>}
      {withoutPicture > 0 && (
        <span class="soft">
          {counted(withoutPicture, 'labelled galaxy', 'labelled galaxies')} without a picture here: open the
          files to train on them too
        </span>
      )}
    </form>
  );
}

function Training({ training }: { training: TrainingView }) {
  const { name, state, history, step, epochs, notes } = training;
  const words = {
    training: 'training',
    stopped: 'stopped; it can be resumed',
    cancelled: 'cancelled',
    done: 'trained',
    failed: 'failed',
  } as const;
  const best = Math.min(...history.map(({ validationRmse }) => validationRmse ?? Number.POSITIVE_INFINITY));
  return (
    <div class="notice">
      <p aria-live="polite">
        <strong>{name}</strong>: {words[state]}
        {Number.isFinite(best) && `, validation RMSE ${best.toFixed(4)}`}
      </p>
      {step && (
        <p>
          Epoch {step.epoch} of {epochs}, step {step.step} of {step.steps}, loss {step.loss.toFixed(4)}
          {step.secondsLeft !== undefined && `, ${duration(step.secondsLeft)} left`}
        </p>
      )}
      {notes.map((note, i) => (
        <p key={i} class="soft">
          {note}
        </p>
      ))}
      {history.length > 0 && <Curves history={history} epochs={Math.max(epochs, history.length)} />}
      <p class="actions">
        {state === 'training' && (
          <button type="button" onClick={() => page.stopTraining()}>
            Stop
          </button>
        )}
        {state === 'stopped' && (
          <button type="button" onClick={() => void page.resumeTraining()}>
            Resume
          </button>
        )}
        {state === 'done' && (
          <button type="button" onClick={() => void page.chooseModel(name)}>
            Use {name}
          </button>
        )}
      </p>
    </div>
  );
}

/** RMSE by epoch, of the training and the validation galaxies. */
function Curves({ history, epochs }: Pick<TrainingView, 'history' | 'epochs'>) {
  const [width, height] = [420, 140];
  const curves = {
    training: history.map(({ rmse }) => rmse),
    validation: history.map(
      ({ validationRmse, averagedValidationRmse }) => averagedValidationRmse ?? validationRmse,
    ),
  };
  const known = Object.values(curves)
    .flat()
    .filter((value) => value !== null && value !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const place = (value: number) => height - ((value - least) / (most - least || 1)) * height;
  const line = (values: readonly (number | null | undefined)[]) =>
    values
      .flatMap((value, i) => (value == null ? [] : `${((i + 1) / epochs) * width},${place(value)}`))
      .join(' ');
  return (
    <figure class="curves">
      <svg viewBox={`-4 -4 ${width + 8} ${height + 8}`} role="img" aria-label="RMSE by epoch">
        {Object.values(curves).map((values, i) => (
          <polyline key={i} points={line(values)} class={`curve series-${i + 1}`} />
        ))}
      </svg>
      <figcaption>
        RMSE by epoch, {least.toFixed(3)} to {most.toFixed(3)}:{' '}
        {Object.keys(curves).map((name, i) => (
          <span key={name} class={`key series-${i + 1}`}>
            {name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
