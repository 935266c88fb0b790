/** Keeps the page in the browser, with its service worker. */

/** Set before a tab reloads for isolation, which it does once. */
const RELOADED = 'tuningfork reloaded';

export interface Offline {
  /** True if the page works offline. */
  offline: boolean;
  reason: string;
}

/** Resolves when a service worker is active. @throws Error if its files could not be fetched */
const activation = (worker: ServiceWorker): Promise<void> =>
  new Promise((resolve, reject) => {
    const check = () => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('not all files of the page could be fetched'));
    };
    worker.addEventListener('statechange', check);
    check();
  });

/**
 * Registers the service worker, which keeps the page in the browser. Reloads the page once in a tab if that gives it isolation, and with it
 * threads.
 * @param isIdle false once there is work that a reload would lose: the page then gets threads at the next visit
 * @returns the result, and the reason
 */
export async function keepOffline(isIdle: () => boolean): Promise<Offline> {
  const refused = (reason: string): Offline => ({ offline: false, reason });
  if (!isSecureContext) return refused('browsers keep only pages of https:// or of their own machine');
  if (!('serviceWorker' in navigator)) return refused('this browser has no service workers');
  try {
    const { serviceWorker } = navigator;
    const registration = await serviceWorker.register('service-worker.js', { updateViaCache: 'none' });
    const { active, waiting, installing } = registration;
    await activation((active ?? waiting ?? installing)!);
    if (!crossOriginIsolated && sessionStorage.getItem(RELOADED) === null && isIdle()) {
      sessionStorage.setItem(RELOADED, 'for isolation');
      location.reload();
      return refused('the page is reloading');
    }
    return { offline: true, reason: 'all files of the page are in this browser' };
  } catch (error) {
    return refused((error as Error).message);
  }
}
