export { exportImage } from './export.ts';
export { importImage } from './import.ts';
