export { fetchImage, pull } from './pull.ts';
