import { Graph } from '../graph/graph';
import { Parameters } from '../model/parameters';
import { encode, resnet, type Backbone } from '../model/resnet';
import { stateLayout, type StateLayout } from '../state';

/** How the weights and running statistics of a backbone lie in a file, by torchvision's names. */
export function backboneLayout(
  model: Backbone,
  { height, width, channels }: { height: number; width: number; channels: number },
): StateLayout {
  const graph = new Graph();
  const parameters = new Parameters('');
  const images = graph.placeholder('images', 'float32', [1, height, width, channels]);
  const pass = { graph, parameters, training: false, compute: 'float32', statistics: new Map() } as const;
  encode(pass, resnet(model), images);
  return stateLayout(parameters.all);
}
