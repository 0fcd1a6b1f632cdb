import { encoderFigures } from '../../experiment/encoder-figures';
import { percent } from '../../experiment/percent';
import type { StageProgress } from '../../workflows/progress';
import { clock, hasStarted } from '../bars';
import type { PendingActivity } from '../snapshot';
import { bar } from './bar';
import { waitsFor } from './overview';
import type { PageState } from './page';
import { sparkline } from './sparkline';
import { flow, span, type Line } from './spans';

const SPARK = 16;

/** A row for each stage that a worker has now, or that is tried again: what it does, how it goes, where, and what is kept. */
export function runningRows(state: PageState, width: number): Line[] {
  const { snapshot } = state;
  const running = (snapshot.view?.stages ?? []).filter(({ id, state: at, unit }) => {
    const activities = snapshot.pending.get(id) ?? [];
    return at === 'running' && unit === 'epochs' && (hasStarted(activities) || activities.some(retried));
  });
  return running.flatMap((stage) => runningRow(state, stage, width));
}

const retried = ({ attempt, failure }: PendingActivity): boolean => attempt > 1 && failure !== undefined;

function runningRow(state: PageState, stage: StageProgress, width: number): Line[] {
  const activities = state.snapshot.pending.get(stage.id) ?? [];
  const active = activities.find((each) => hasStarted([each])) ?? activities.find(retried);
  const done = state.done(stage.id);
  const labels = stage.labels === undefined ? '' : `, ${stage.labels} labels`;
  const name = `seed ${stage.seed} ${stage.stage}${labels}`;
  const head = [
    span(name.padEnd(width >= 60 ? 30 : 0), 'strong'),
    ...(width >= 60 ? [span(' '), ...bar(done / Math.max(1, stage.total), 12, 'busy')] : []),
    span(` ${Math.floor(done)}/${stage.total}`),
  ];
  const parts = [...figuresOf(state, stage, active), ...whereabouts(state, active)];
  return flow(
    head,
    parts.map((text) => [span(text)]),
    width,
    4,
  );
}

function figuresOf({ histories }: PageState, stage: StageProgress, active: PendingActivity | undefined): string[] {
  const history = histories.get(active?.pulse.run ?? '') ?? [];
  const course = (name: string) => history.map(({ values }) => values[name] ?? NaN);
  const latest = (name: string) => course(name).findLast(Number.isFinite);
  const figure = (text: string, name: string) => [text, sparkline(course(name), SPARK)].filter(Boolean).join(' ');
  const rate = active?.pulse.imagesPerSecond ?? stage.imagesPerSecond;
  const loss = active?.pulse.loss ?? latest('train/loss') ?? stage.lastLoss;
  const knn = latest('knn/accuracy') ?? stage.knnAccuracy;
  const validation = latest('validation/accuracy');
  const { effectiveRank, collapsed } = stage;
  return [
    ...(rate === undefined ? [] : [`${Math.round(rate).toLocaleString('en-US')} images/s`]),
    ...(loss === undefined ? [] : [figure(`loss ${loss.toPrecision(3)}`, 'train/loss')]),
    ...(knn === undefined ? [] : [figure(`kNN ${percent(knn)}`, 'knn/accuracy')]),
    ...(validation === undefined ? [] : [figure(`validation ${percent(validation)}`, 'validation/accuracy')]),
    ...encoderFigures({
      ...(effectiveRank === undefined ? {} : { effectiveRank }),
      ...(collapsed ? { collapsed } : {}),
    }),
  ];
}

function whereabouts({ histories, now }: PageState, active: PendingActivity | undefined): string[] {
  if (!active) return [];
  const { pulse, worker, attempt, nextAttempt, started, type } = active;
  const kept = histories.get(pulse.run ?? '')?.at(-1);
  const ago = kept?.at === undefined ? '' : `, ${clock(Math.max(0, (now.getTime() - Date.parse(kept.at)) / 1000))} ago`;
  const again = nextAttempt ? `, next in ${clock(Math.max(0, (nextAttempt.getTime() - now.getTime()) / 1000))}` : '';
  return [
    ...(pulse.learningRate === undefined ? [] : [`rate ${pulse.learningRate}`]),
    ...(type === 'evaluate' ? ['evaluating on the test split'] : []),
    ...(kept ? [`checkpoint: epoch ${kept.epoch}${ago}`] : []),
    ...(worker === undefined || started === false ? [] : [`on ${worker}`]),
    ...(retried(active) ? [`attempt ${attempt}${started === false ? ' failed' : ''}${again}`] : []),
  ];
}

/** A row for each seed: what it has reached, stage by stage. */
export function seedRows(state: PageState, width: number): Line[] {
  const stages = (state.snapshot.view?.stages ?? []).filter(({ seed }) => seed !== undefined);
  return [...new Set(stages.map(({ seed }) => seed))].flatMap((seed) => {
    const own = stages.filter((stage) => stage.seed === seed);
    return flow(
      [span(`seed ${seed}`, 'dim')],
      own.map((stage) => reached(state, stage)),
      width,
      4,
    );
  });
}

function reached(state: PageState, stage: StageProgress): Line {
  const name = `${stage.stage}${stage.labels === undefined ? '' : ` ${stage.labels}`}`;
  const { state: at, accuracy, knnAccuracy, total } = stage;
  if (at === 'failed') return [span(`${name} failed`, 'bad')];
  if (at === 'waiting') return [span(`${name} waits for ${waitsFor[stage.stage]}`, 'dim')];
  if (at === 'running') {
    const works = hasStarted(state.snapshot.pending.get(stage.id) ?? []);
    const count = `${name} ${Math.floor(state.done(stage.id))}/${total}`;
    return [works ? span(count, 'busy') : span(`${count} waits its turn`, 'dim')];
  }
  const figure =
    accuracy === undefined ? (knnAccuracy === undefined ? 'done' : `kNN ${percent(knnAccuracy)}`) : percent(accuracy);
  return [span(`${name} `), span(figure, 'good')];
}
