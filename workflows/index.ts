/** What a worker registers: one workflow type for each export. */
export { experiment } from './experiment';
export { sweep } from './sweep';
export { trial } from './trial';
export { pretraining } from './pretraining';
export { classifier } from './classifier';
export { fit, machine, measure } from './measure';
export { apply } from './apply';
