import { useEffect } from 'react';

/** What the tab is called while this page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Tidegate`;
  }, [title]);
}
