// @ts-check
// Bundles the compiled workflows for Temporal's sandbox. Arguments: the compiled entry, the file to write.
import path from 'node:path';
import { writeWhole } from './cache.mjs';

const [entry, output] = process.argv.slice(2);
if (!entry || !output) throw new Error('Usage: bundle-workflows.mjs ENTRY OUTPUT');
const { bundleWorkflowCode } = await import('@temporalio/worker');
const warn = (/** @type {string} */ message) => process.stderr.write(`${message}\n`);
const nothing = () => undefined;
const logger = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn, error: warn };
const { code } = await bundleWorkflowCode({ workflowsPath: path.resolve(entry), logger });
writeWhole(output, code);
