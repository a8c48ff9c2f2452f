import { useNavigate, useSearch } from '@tanstack/react-router';

type Words = { readonly [name: string]: string | undefined };

/** What a page keeps in its address, and the way to change a part of it; undefined takes a word out. */
export function useChoice<Choice extends Words>(): readonly [Choice, (change: Choice) => void] {
  const words: Words = useSearch({ strict: false });
  const choice = words as Choice;
  const navigate = useNavigate();
  return [
    choice,
    (change) => void navigate({ to: '.', search: { ...choice, ...change }, replace: true }),
  ];
}
