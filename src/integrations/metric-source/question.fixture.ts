import { type Provider, providerSchema } from '../../contract/kinds/analysis-template.ts';
import type { MetricQuestion } from './port.ts';

/** A question as an analysis of checkout in production asks it; the provider as it stands in a document. */
export function questionOf(
  provider: { readonly [name: string]: unknown },
  rest: Partial<Omit<MetricQuestion, 'provider'>> = {},
): MetricQuestion {
  const parsed: Provider = providerSchema.parse(provider);
  return {
    provider: parsed,
    subject: {
      application: 'checkout',
      environment: 'production',
      rollout: 'ro-1',
      targets: ['eu-1', 'us-1'],
      candidate: 'r-2',
      stable: 'r-1',
    },
    args: {},
    baseline: null,
    ...rest,
  };
}
