import type { KindName } from './registry.ts';

/** One document of each kind, as the reference shows it. They go together: a test validates them beside each other. */
export const examples: Readonly<Record<KindName, string>> = {
  Application: `apiVersion: tidegate.dev/v1
kind: Application
metadata:
  name: checkout
spec:
  owner: team-payments
  source:
    repository: ../services/checkout.git
    path: service
  run:
    command: [node, server.js]
    env:
      CURRENCY: EUR
    health:
      readiness:
        path: /readyz
  replicas: 2
  environments:
    - name: staging
      strategy:
        blueGreen: {}
    - name: production
      replicas: 4
  strategy:
    canary:
      steps:
        - setWeight: 10
        - pause:
            duration: 5m
        - setWeight: 50
        - analysis:
            templates: [error-rate]
            args:
              limit: "0.01"
      backgroundAnalysis:
        templates: [error-rate]
        args:
          limit: "0.05"
        startingStep: 1
`,
  Environment: `apiVersion: tidegate.dev/v1
kind: Environment
metadata:
  name: production
spec:
  waves:
    - name: europe
      targets: [eu-1]
      soak: 10m
    - targets: [us-1]
  maxUnavailable: 1
  freeze:
    - name: weekend
      rrule: FREQ=WEEKLY;BYDAY=FR;BYHOUR=17
      duration: 63h
      timezone: Europe/Berlin
  approvers: [ada@example.com]
`,
  Target: `apiVersion: tidegate.dev/v1
kind: Target
metadata:
  name: eu-1
spec:
  driver: process
  labels:
    region: europe
  process:
    ports:
      from: 8100
      to: 8199
    listen:
      checkout: 8101
`,
  AnalysisTemplate: `apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata:
  name: error-rate
spec:
  args:
    - name: limit
  metrics:
    - name: errors
      provider:
        router: {}
      interval: 30s
      count: 10
      successCondition: result.errorRate <= double(args.limit)
      failureLimit: 3
`,
  Pipeline: `apiVersion: tidegate.dev/v1
kind: Pipeline
metadata:
  name: checkout-delivery
spec:
  description: Tests a commit, takes it to staging, and to production when a person agrees.
  inputs:
    pages:
      default: /,/cart,/healthz
      description: Pages that must answer, separated by commas.
  variables:
    address: http://checkout.staging.example.com
  environments:
    production:
      variables:
        address: https://checkout.example.com
  secrets:
    registryToken:
      env: TIDEGATE_SECRET_REGISTRY
  concurrency:
    group: checkout
    policy: supersede
  timeout: 2d
  triggers:
    - name: push
      push:
        paths: [service]
    - name: every-night
      cron:
        schedule: 0 3 * * *
        timezone: Europe/Berlin
      inputs:
        pages: /healthz
  steps:
    - name: test
      shell:
        checkout: true
        script: |
          npm ci
          npm test
        env:
          COMMIT: \${{ run.commit }}
          NPM_TOKEN:
            secret: registryToken
        timeout: 20m
      retry:
        limit: 2
    - name: deploy-staging
      needs: [test]
      deploy:
        environment: staging
    - name: pages
      needs: [deploy-staging]
      environment: staging
      forEach:
        items: \${{ inputs.pages.split(",") }}
      http:
        url: \${{ variables.address }}\${{ item }}
        expect:
          condition: response.status == 200
    - name: agree
      needs: [pages]
      when: run.trigger != "cron"
      approve:
        roles: [admin]
        message: Take \${{ run.commit }} to production?
    - name: deploy-production
      needs: [agree]
      deploy:
        environment: production
    - name: watch
      needs: [deploy-production]
      analyze:
        environment: production
        templates: [error-rate]
        args:
          limit: "0.02"
  onFailure:
    - name: tell
      notify:
        channels: [payments]
        severity: error
        message: |-
          \${{ run.commit }} did not get through: staging \${{ steps["deploy-staging"].status }},
          production \${{ steps["deploy-production"].status }}.
`,
  Release: `apiVersion: tidegate.dev/v1
kind: Release
metadata:
  name: checkout
  environment: production
spec:
  commit: 4b825dc642cb6eb9a060e54bf8d69288fbee4904
  artifact:
    bundle:
      repository: /srv/git/services/checkout.git
      path: service
      tree: 9bdbb5c6d7a3a1d6b6b4d2c4a7e9a9f1c0d3e4b5
  config:
    command: [node, server.js]
    env:
      CURRENCY: EUR
    health:
      readiness:
        path: /readyz
        interval: 1s
        timeout: 1s
        failureThreshold: 3
      liveness: null
      startTimeout: 1m
      drain: 30s
`,
  Channel: `apiVersion: tidegate.dev/v1
kind: Channel
metadata:
  name: payments
spec:
  slack:
    token:
      env: TIDEGATE_SECRET_SLACK
    channel: C0123456789
  topics: [rollouts, approvals, problems]
  applications: [checkout]
  templates:
    title: "\${{ subject.application }}: \${{ event.because }}"
`,
};
