/** Anything that JSON can carry: what state, payloads and problem details are made of. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
