export { Channel, type ChannelWires, type Mover } from './channel.ts';
export { Piix3Ide, type Piix3IdeWires } from './piix3-ide.ts';
