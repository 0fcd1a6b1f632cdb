/** Workflows, fetching and reporting. */
export const CPU_QUEUE = 'byol-cpu';
/** Training and evaluation: one at a time on a device, also when the device is a CPU. */
export const GPU_QUEUE = 'byol-gpu';
