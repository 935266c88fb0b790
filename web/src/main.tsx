/** The page: draws what the worker computes. */
import { render } from 'preact';
import { App } from './app.tsx';
import { keepOffline } from './keepOffline.ts';
import { page } from './page.ts';
import { applyPalette } from './palette.ts';
import './style.css';

if (import.meta.env.PROD) void keepOffline(() => page.isIdle).then((offline) => page.setOffline(offline));
applyPalette();
render(<App />, document.getElementById('page')!);
void page.open();
