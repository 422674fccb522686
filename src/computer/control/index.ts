export { type Answering, openControl } from './door.ts';
export { Orders, type OrderWires } from './orders.ts';
