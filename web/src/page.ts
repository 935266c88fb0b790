/** The one page, and the hook that draws its state. */
import { useEffect, useState } from 'preact/hooks';
import { Page, type PageState } from './state.ts';

export const page = new Page();

/** The state of the page; the component is drawn again when it changes. */
export function usePage(): PageState {
  const [state, setState] = useState(page.state);
  useEffect(() => {
    setState(page.state);
    return page.subscribe(() => setState(page.state));
  }, []);
  return state;
}
