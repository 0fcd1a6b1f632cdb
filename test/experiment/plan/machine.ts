import type { Speed } from '../../../experiment/plan/estimate';
import type { Machine } from '../../../experiment/plan/look';

export const cpu: Machine = { device: 'cpu', devices: 2, cores: 2, bf16: false };
export const usual: Speed = {
  devices: 1,
  pretraining: 1000,
  classifier: { supervised: 2000, 'linear-probe': 4000, 'fine-tuned': 2000 },
  prediction: 5000,
  secondsToLoad: 3,
  secondsToSave: 0.1,
};
