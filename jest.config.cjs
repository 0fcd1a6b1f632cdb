/** The tests run as tsc compiled them; set-up (`npm test`) compiles first. Many of them start real servers. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist/test'],
  testMatch: ['**/*.test.js'],
  maxWorkers: 2,
  testTimeout: 120_000,
};
