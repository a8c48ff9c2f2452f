/** What `npm run demo -- --json` prints: one object, at the end. */
export type DemoResult = {
  readonly good: { readonly phase: string; readonly seconds: number };
  readonly bad: {
    readonly phase: string;
    /** From the first failed answer of the bad version to the decision to go back. */
    readonly detectMs: number;
    /** From that decision to the last answer of the bad version, or to when the routers said so, if later. */
    readonly trafficBackMs: number;
    readonly revertCommit: string | null;
    /** What Git declares for production at the end. */
    readonly headRelease: string | null;
  };
  readonly unready: { readonly phase: string };
  readonly requests: {
    readonly total: number;
    /** Failed requests that the bad version did not answer: what the delivery itself cost. */
    readonly failedOutsideBadVersion: number;
  };
  readonly audit: { readonly events: number };
};

/** What the story saw beside its result, to check it by. */
export type Observed = {
  readonly goodRelease: string;
  readonly badRelease: string;
  readonly unreadyRelease: string;
  /** Highest weight that the bad version reached on any target, and the first weight of the strategy. */
  readonly badWeight: number;
  readonly firstWeight: number;
  /** Requests that the version that never became ready answered. */
  readonly unreadyRequests: number;
  readonly badRequestsInTheEnd: number;
  /** The newest commit to production's file before v4, and the one that its rollback left. */
  readonly revertSubject: string | null;
  readonly killed: boolean;
};

/** Everything that the story claims and that is not so, a sentence each; empty when the story is true. */
export function untrueClaims(result: DemoResult, seen: Observed): string[] {
  const { good, bad, unready, requests, audit } = result;
  const claims: readonly (readonly [boolean, string])[] = [
    [good.phase === 'succeeded', `the good version did not arrive: ${good.phase}`],
    [seen.killed, 'the control plane was not killed during the canary'],
    [bad.phase === 'rolledBack', `the bad version was not rolled back: ${bad.phase}`],
    [
      seen.badWeight === seen.firstWeight,
      `the bad version got to ${seen.badWeight} %, not just ${seen.firstWeight} %`,
    ],
    [bad.detectMs >= 0, 'nobody saw the bad version fail before it was taken back'],
    [bad.revertCommit !== null, 'no commit reverts the bad version'],
    [seen.revertSubject !== null, 'the revert commit is not on the main branch'],
    [
      bad.headRelease === seen.goodRelease,
      `Git declares ${bad.headRelease}, and the good version is ${seen.goodRelease}`,
    ],
    [
      seen.badRequestsInTheEnd === 0,
      `the bad version answered ${seen.badRequestsInTheEnd} requests after it was gone`,
    ],
    [
      unready.phase === 'rolledBack',
      `the version that is never ready was not rolled back: ${unready.phase}`,
    ],
    [
      seen.unreadyRequests === 0,
      `the version that is never ready answered ${seen.unreadyRequests} requests`,
    ],
    [requests.total > 0, 'there was no traffic'],
    [
      requests.failedOutsideBadVersion === 0,
      `${requests.failedOutsideBadVersion} requests were lost to the delivery itself`,
    ],
    [audit.events > 0, 'nothing was written down'],
  ];
  return claims.filter(([isSo]) => !isSo).map(([, otherwise]) => otherwise);
}
