import * as echarts from 'echarts';

/** One small picture of the report: it scales to the width it is given and is legible from 300 px on. */
export interface Figure {
  /** Unique in a page. */
  id: string;
  title: string;
  /** What is to be seen, for those who do not see it. */
  description: string;
  /** An <svg> without scripts or styles; its colours are the page's CSS variables. */
  svg: string;
}

/** The page's colours (html/style.ts defines them for light, dark and print). */
export const colors = {
  ink: 'var(--ink)',
  faint: 'var(--faint)',
  grid: 'var(--grid)',
  supervised: 'var(--supervised)',
  fineTuned: 'var(--fine-tuned)',
  linearProbe: 'var(--linear-probe)',
  alarm: 'var(--alarm)',
  paper: 'var(--paper)',
} as const;

export type Series = echarts.LineSeriesOption | echarts.ScatterSeriesOption;
const size = { width: 360, height: 240 };

const text = { color: colors.ink, fontFamily: 'inherit', fontSize: 12 };

/** An axis of numbers. Bounds left out: chosen to fit the data, zero not forced in. */
export function numberAxis(o: {
  name?: string;
  format?: (value: number) => string;
  min?: number;
  max?: number;
  lines?: boolean;
}) {
  return {
    type: 'value' as const,
    scale: true,
    splitNumber: 4,
    ...(o.min === undefined ? {} : { min: o.min }),
    ...(o.max === undefined ? {} : { max: o.max }),
    ...(o.name === undefined
      ? {}
      : { name: o.name, nameLocation: 'middle' as const, nameGap: 26, nameTextStyle: { ...text } }),
    axisLabel: { ...text, hideOverlap: true, ...(o.format ? { formatter: o.format } : {}) },
    axisLine: { show: true, lineStyle: { color: colors.faint } },
    axisTick: { show: false },
    splitLine: { show: o.lines ?? true, lineStyle: { color: colors.grid } },
  };
}

/** An axis of named places at 1, 2, ... n, so that marks can stand a little beside their place. */
export function placesAxis(names: string[], name: string) {
  const axis = numberAxis({
    name,
    min: 0.4,
    max: names.length + 0.6,
    lines: false,
    format: (value) => names[value - 1] ?? '',
  });
  return { ...axis, axisLabel: { ...axis.axisLabel, customValues: names.map((_, i) => i + 1) } };
}

/** 0.913 as '91.3%', 0.9 as '90%'. */
export const percentTick = (share: number): string => `${Math.round(share * 1000) / 10}%`;

const legendRow = (names: string[]) => ({
  show: names.length > 0,
  data: names,
  top: 0,
  left: 0,
  itemGap: 16,
  itemWidth: 22,
  selectedMode: false as const,
  textStyle: text,
});

/** Draws with echarts on the server, and takes out what a page without scripts has no use for. */
export function drawFigure(o: {
  id: string;
  title: string;
  description: string;
  xAxis: ReturnType<typeof numberAxis>;
  yAxis: ReturnType<typeof numberAxis>;
  series: Series[];
  legend?: string[];
}): Figure {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    const legend = o.legend ?? [];
    chart.setOption({
      animation: false,
      grid: {
        left: 4,
        right: 14,
        top: legend.length > 2 ? 56 : legend.length > 0 ? 34 : 12,
        bottom: 4,
        outerBoundsMode: 'same',
        outerBoundsContain: 'all',
      },
      legend: legendRow(legend),
      xAxis: o.xAxis,
      yAxis: o.yAxis,
      series: o.series.map((each) => ({ silent: true, clip: false, ...each })),
    });
    return { id: o.id, title: o.title, description: o.description, svg: plain(chart.renderToSVGString()) };
  } finally {
    chart.dispose();
  }
}

/** Without hover styles, the default fill of the legend's lines, clip paths (whose ids count up over the process), hit areas, and attributes for scripts. */
const plain = (svg: string): string =>
  svg
    .replace(/<style[\s\S]*?<\/style>|<defs[\s\S]*?<\/defs>/g, '')
    .replace(/<path [^>]*fill-opacity="0"[^>]*stroke-width="0"[^>]*><\/path>/g, '')
    .replace(/ (?:class|clip-path|pointer-events|ecmeta_\w+|xmlns:xlink|xml:space|baseProfile|version)="[^"]*"/g, '')
    .replace(/^<svg [^>]*>/, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}">`)
    .replace(/ fill="#000"/g, ' fill="none"')
    .replace(/\n+/g, '');
