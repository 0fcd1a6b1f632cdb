/** The tests run as tsc compiled them; set-up (`npm test`) compiles first. Many of them start real servers. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // for those who run jest by itself

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/dist/test'],
  testMatch: ['**/*.test.js'],
  maxWorkers: 2,
  testTimeout: 120_000,
};
