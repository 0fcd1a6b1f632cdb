import { parse } from 'csv-parse/sync';
import { predictionsCsv } from '../../../activities/formats/predictions-csv';

const probabilities = Float64Array.of(0.25, 0.75, 0.5, 0.5);
const classes = ['oak, "old"', 'дуб'];

test('a line for each image with its path, classes by name and probabilities', () => {
  const names = ['test/a b#%.png', 'test/지도,"x".png'];
  const rows: string[][] = parse(predictionsCsv(probabilities, [1, 1], classes, names));
  expect(rows).toEqual([
    ['image', 'label', 'predicted', 'oak, "old"', 'дуб'],
    ['test/a b#%.png', 'дуб', 'дуб', '0.250000', '0.750000'],
    ['test/지도,"x".png', 'дуб', 'oak, "old"', '0.500000', '0.500000'],
  ]);
});

test('without names the places in the split', () => {
  const rows: string[][] = parse(predictionsCsv(probabilities, [0, 1], classes));
  expect(rows.slice(1).map((row) => row[0])).toEqual(['0', '1']);
});
