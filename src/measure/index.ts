export { chart } from './chart.ts';
export { aligned, knownTable, markdown, measuredTable, reasons } from './markdown.ts';
export {
  complexityText,
  digits,
  intervalText,
  isRatio,
  machineText,
  occasionText,
  pivot,
  type Row,
  valueText,
} from './pivot.ts';
export { type Scale, scaleFor } from './scale.ts';
export { type Interval, median, medianInterval, ratioInterval, seeded, sessionInterval, shuffled } from './statistics.ts';
export { kindOf, type Quantity, type Work, workNames, works } from './work.ts';
