import { Document, isScalar, visit } from 'yaml';
import { presets } from '../experiment/presets';
import type { ExperimentResults } from './results';

/** A spec as YAML that `byol start` reads back: every default written out, short lists on one line. */
export function specYaml(spec: ExperimentResults['spec'], preset?: string): string {
  const document = new Document(spec, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_, node) => {
      if (node.items.every(isScalar)) node.flow = true;
    },
    Map: (_, node) => {
      if (node.has('op')) node.flow = true;
    },
  });
  const note = preset !== undefined && Object.hasOwn(presets, preset) ? `# ${presets[preset]!.note}\n` : '';
  return `${note}${document.toString({ lineWidth: 120, flowCollectionPadding: false })}`;
}
