import { join } from 'node:path';
import { renameClasses } from '../../../datasets/images/listing';
import { put } from './seed';
import { brief, sourceBench } from './source-bench';

const bench = sourceBench();
const { file, list } = bench;

test('CSV: paths as written, texts and numbers as labels, splits where they are given', async () => {
  await put(bench.root(), 'a b#%.png', 'x');
  const path = await file(
    'list.csv',
    '\uFEFFFilename, Label ,split\r\n"a b#%.png",4,train\n지도.png,"oak, red",VAL\nнаïve/1.jpg,,\n9.png,1,test\n',
  );
  const found = await list(path);
  expect(brief(found)).toEqual([
    '9.png test 1',
    'a b#%.png train 4',
    'наïve/1.jpg unlabelled -',
    '지도.png validation oak, red',
  ]);
  expect(found.files[1]).toMatchObject({ bytes: 1, file: join(bench.root(), 'a b#%.png') });
});

test('JSON lines, and separators other than commas', async () => {
  const json = await file('a.jsonl', '{"path": "1.png", "label": 9}\n\n{"image": "/abs/2.png", "class": "elm"}\n');
  expect(brief(await list(json))).toEqual(['/abs/2.png - elm', '1.png - 9']);
  expect(brief(await list(await file('b.csv', 'path;label\n1.png;ash\n')))).toEqual(['1.png - ash']);
  expect(brief(await list(await file('c.tsv', 'path\tlabel\n1.png\tash\n')))).toEqual(['1.png - ash']);
  expect(brief(await list(await file('D.NDJSON', '{"file": "1.png"}\n')))).toEqual(['1.png unlabelled -']);
});

test('of several columns that may be the path or the label, the plainest name counts', async () => {
  const text = 'image,target,path,label\n17,0,1.png,ash\n18,1,2.png,elm\n';
  expect(brief(await list(await file('a.csv', text)))).toEqual(['1.png - ash', '2.png - elm']);
});

test('A17 labels are names: numbers with gaps stay what they are', async () => {
  const text = 'path,label\n1.png,1\n2.png,9\n3.png,4\n4.png,04\n';
  expect((await list(await file('a.csv', text))).files.map(({ label }) => label)).toEqual(['1', '9', '4', '04']);
});

test('A21 files of one name in several folders stay several', async () => {
  const text = 'path,label\nash/1.png,ash\nelm/1.png,elm\n./elm/1.jpg,elm\n';
  expect((await list(await file('a.csv', text))).files).toHaveLength(3);
});

test('a column that is named twice is refused: which of them counts is not known', async () => {
  await expect(list(await file('a.csv', 'path,label, Label\n1.png,ash,train\n'))).rejects.toThrow(
    /names the column "label" twice/,
  );
  const other = await list(await file('b.csv', 'path,label,"x,y","x,z"\n1.png,ash,1,2\n'));
  expect(brief(other)).toEqual(['1.png - ash']);
});

test('a list without labels says which columns it has', async () => {
  const found = await list(await file('a.csv', 'path,species\n1.png,ash\n'));
  expect(brief(found)).toEqual(['1.png unlabelled -']);
  expect(found.remarks).toEqual([expect.stringMatching(/no column of labels .* but path, species/) as unknown]);
  expect((await list(await file('b.csv', 'path,label\n1.png,\n'))).remarks).toEqual([]);
});

test.each([
  ['a.csv', '1.png,ash\n', 'must name the columns'],
  ['a.csv', 'path,label\n1.png,ash\n2.png\n', 'Line 3'],
  ['a.csv', 'path,label\n1.png,ash\n"2.png,elm\n3.png,elm\n', 'Line'],
  ['a.csv', 'path,label\n1.png,ash\n,elm\n', 'Line 3'],
  ['a.csv', 'path,label\n1.png,ash\n1.png,elm\n', 'Line 3'],
  ['a.csv', 'path,label,split\n1.png,ash,trian\n', 'Line 2 of'],
  ['a.csv', 'path,label,split\n1.png,ash,trian\n', '"trian" is no split'],
  ['a.jsonl', '{"path": "1.png"}\n{"path": \n', 'Line 2'],
  ['a.jsonl', '{"path": "1.png"}\n[1]\n', 'Line 2'],
  ['a.jsonl', '{"path": "1.png"}\nnull\n', 'Line 2'],
  ['a.jsonl', '{"label": "ash"}\n', 'names no image'],
  ['a.jsonl', '{"path": "1.png", "label": ["ash", "elm"]}\n', 'an image has one class'],
  ['a.csv', 'path,label\n', 'lists no image'],
  ['a.csv', '', 'must name the columns'],
  ['a.txt', 'path,label\n', 'is no archive'],
])('%s with %j is refused: %s', async (name, text, why) => {
  await expect(list(await file(name, text))).rejects.toMatchObject({
    name: 'DatasetError',
    message: expect.stringContaining(why) as unknown,
  });
});

test('classes get the names that the spec gives them, and never one name for two', async () => {
  const found = await list(await file('list.csv', 'path,label\n1.png,n01\n2.png,n02\n3.png,\n'));
  expect(brief(renameClasses(found, { n01: 'tench', n99: 'none' }))).toEqual([
    '1.png - tench',
    '2.png - n02',
    '3.png unlabelled -',
  ]);
  expect(() => renameClasses(found, { n01: 'x', n02: 'x' })).toThrow('one name, "x"');
  expect(() => renameClasses(found, { n01: 'n02' })).toThrow('one name, "n02"');
});
