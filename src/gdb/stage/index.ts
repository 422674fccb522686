export { Stage } from './stage.ts';
