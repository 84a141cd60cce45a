import { defineConfig } from '@playwright/test';

// tools/e2e.sh starts a server with a demo shop of its own and says where it is.
export default defineConfig({
  testDir: 'tests',
  // pictures for people to look at: nobody looks at those of CI, and they take minutes
  testIgnore: process.env.CI ? 'screenshots.spec.ts' : [],
  outputDir: 'test-results',
  reporter: process.env.CI ? [['list']] : [['line']],
  forbidOnly: Boolean(process.env.CI),
  // one at a time: the server and its database share two cores with the browser
  workers: 1,
  fullyParallel: false,
  timeout: 40_000,
  expect: { timeout: 7_000 },
  use: {
    baseURL: process.env.BASE_URL ?? 'http://127.0.0.1:3000',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 7_000,
    navigationTimeout: 15_000,
    screenshot: 'only-on-failure',
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'js' },
    { name: 'plain', use: { javaScriptEnabled: false }, testMatch: ['account.spec.ts', 'audit.spec.ts', 'jobs.spec.ts', 'journey.spec.ts', 'lists.spec.ts', 'merge.spec.ts', 'palette.spec.ts', 'phone-order.spec.ts', 'privacy.spec.ts', 'reset.spec.ts', 'second-factor.spec.ts', 'shell.spec.ts', 'staff.spec.ts', 'together.spec.ts', 'user.spec.ts', 'users.spec.ts'] },
  ],
});
