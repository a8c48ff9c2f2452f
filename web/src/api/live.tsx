import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Change } from '../../../src/contract/api/changes.ts';
import { follow, type StreamState } from './stream.ts';

export type LiveState = StreamState | 'paused';
type Listener = (changes: readonly Change[]) => void;

export type Live = {
  readonly state: LiveState;
  /** Calls with what changed on the server; with an empty list when anything may have. Returns the way out. */
  readonly listen: (listener: Listener) => () => void;
};

const LiveContext = createContext<Live>({ state: 'connecting', listen: () => () => undefined });

/**
 * One line to the server per page that is looked at. Browsers open six connections to an origin over HTTP/1.1 at most,
 * so a page in the background lets its line go and looks at everything anew when it is seen again.
 */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<LiveState>('connecting');
  const listeners = useRef(new Set<Listener>());
  const isVisible = useIsVisible();
  useEffect(() => {
    if (!isVisible) {
      setState('paused');
      return;
    }
    const ending = new AbortController();
    const tell = (changes: readonly Change[]): void => {
      for (const listener of [...listeners.current]) listener(changes);
    };
    void follow({
      path: '/changes/stream',
      signal: ending.signal,
      onState: setState,
      onMessage: ({ event, data }) => {
        if (event === 'ready') tell([]);
        if (event === 'changed') tell(JSON.parse(data) as readonly Change[]);
      },
    });
    return () => ending.abort();
  }, [isVisible]);
  const live = useMemo<Live>(
    () => ({
      state,
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [state],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export const useLive = (): Live => useContext(LiveContext);

function useIsVisible(): boolean {
  const [isVisible, setIsVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = (): void => setIsVisible(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return isVisible;
}
