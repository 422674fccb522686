/** Addresses on a CD: 75 frames a second, two seconds before the first sector. MMC-5, 4.2.3. */
const [framesPerSecond, secondsPerMinute] = [75, 60];
const pregap = 150;

/** Hours, of which there are none, minutes, seconds and frames; as a number of 32 bits. */
export const msfOf = (lba: number): number => {
  const frames = lba + pregap;
  const seconds = Math.floor(frames / framesPerSecond);
  return ((Math.floor(seconds / secondsPerMinute) & 0xff) << 16) | ((seconds % secondsPerMinute) << 8) | (frames % framesPerSecond);
};

export const lbaOf = (minutes: number, seconds: number, frames: number): number =>
  (minutes * secondsPerMinute + seconds) * framesPerSecond + frames - pregap;
