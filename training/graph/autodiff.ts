import type { Node, Tensor } from './graph';
import { sumOfGradients } from './ops/sum-of-maps';

/**
 * Reverse-mode differentiation.
 *
 * @param loss a float32 scalar
 * @param targets tensors of the same graph
 * @param upstream what the gradients start with: 1, or the loss scale
 * @returns d loss / d target for each target, of the target's shape and dtype; throws when the loss does not depend on one
 */
export function gradients(loss: Tensor, targets: readonly Tensor[], upstream: Tensor): Tensor[] {
  const arriving = new Map<Tensor, Tensor[]>([[loss, [upstream]]]);
  const needed = reaches(loss, targets);
  const nodes = loss.node.graph.nodes;
  const done = new Map<Tensor, Tensor>();
  const total = (tensor: Tensor): Tensor | null => {
    const known = done.get(tensor);
    if (known) return known;
    const parts = arriving.get(tensor);
    if (!parts) return null;
    const sum = parts.length === 1 ? (parts[0] as Tensor) : sumOfGradients(parts);
    done.set(tensor, sum);
    return sum;
  };
  for (let id = loss.node.id; id >= 0; id--) {
    const node = nodes[id];
    if (!node || !needed.has(id) || !node.outputs.some((output) => arriving.has(output))) continue;
    if (!operands(node).some((operand) => needed.has(operand.node.id))) continue;
    if (!node.gradient) throw new Error(`${node.op} has no gradient rule and stands between the loss and a parameter`);
    const byOperand = node.gradient(node.outputs.map(total));
    operands(node).forEach((input, position) => {
      const gradient = byOperand[position];
      if (!gradient || !needed.has(input.node.id)) return;
      arriving.set(input, [...(arriving.get(input) ?? []), gradient]);
    });
  }
  return targets.map((target) => {
    const gradient = total(target);
    if (!gradient) throw new Error(`the loss does not depend on ${target.node.name}`);
    return gradient;
  });
}

/** Ids of the nodes that stand between the targets and the loss, both included. */
function reaches(loss: Tensor, targets: readonly Tensor[]): Set<number> {
  const marked = new Set<number>(targets.map((target) => target.node.id));
  const nodes = loss.node.graph.nodes;
  for (let id = 0; id <= loss.node.id; id++) {
    const node = nodes[id];
    if (node && node.op !== 'StopGradient' && operands(node).some((operand) => marked.has(operand.node.id)))
      marked.add(id);
  }
  return marked;
}

const operands = (node: Node): readonly Tensor[] => node.operands ?? node.inputs;
