/** A button that removes something after a second click. */
import { useState } from 'preact/hooks';

interface RemoveButtonProps {
  /** In words, such as `12 results`. */
  what: string;
  disabled: boolean;
  onRemove: () => void;
}

export function RemoveButton({ what, disabled, onRemove }: RemoveButtonProps) {
  const [isSure, setSure] = useState(false);
  if (!isSure)
    return (
      <button type="button" disabled={disabled} onClick={() => setSure(true)}>
        Remove…
      </button>
    );
  return (
    <>
      <button
        type="button"
        class="danger"
        disabled={disabled}
        onClick={() => {
          setSure(false);
          onRemove();
        }}
      >
        Remove {what}
      </button>{' '}
      <button type="button" onClick={() => setSure(false)}>
        Keep
      </button>
    </>
  );
}
