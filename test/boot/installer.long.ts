/**
 * Debian's installer, as it is started over a network: its kernel, its screen and its first questions, on the screen of pixels that its driver sets and, by
 * nomodeset, on one of text. Not among the usual tests, for it takes minutes: tools/node tools/test.ts test/boot/installer.long.ts.
 * Last result, 26 November 2026, debian-installer-12-netboot-amd64 20230607+deb12u15: both passed, to the second question after 93 s in pixels and 73 s in text
 * on a busy host.
 */
import { suite, test } from 'node:test';
import type { Screen } from '../../src/machine/index.ts';
import { whyNoFirmware } from './firmware.ts';
import { installerWords } from './packages.ts';
import { type Question, questionOf } from './question.ts';
import { booted, type, until, untilSeen } from './stage.ts';

const [up, down] = ['\u001b[A', '\u001b[B'];
/** Of its letters, in pixels. */
const lineHeight = 16;

suite('Debian’s installer asks for a language, and then for a place', { skip: whyNoFirmware(), timeout: 1_800_000 }, () => {
  test('in pixels', async (t) => {
    const computer = await booted(t, ...installerWords('vga=normal quiet'));
    const asked = (what: string, isIt: (question: Question) => boolean, limitMs?: number): Promise<Question> => {
      const find = (screen: Screen): Question | undefined => {
        const question = questionOf(screen);
        return question !== undefined && isIt(question) ? question : undefined;
      };
      return untilSeen(computer, find, () => what, limitMs);
    };
    const first = await asked('a question', () => true, 1_500_000);
    type(computer, down);
    await asked('the next choice', ({ chosen }) => chosen === first.chosen + lineHeight);
    type(computer, up);
    await asked('the first choice again', ({ chosen }) => chosen === first.chosen);
    type(computer, '\r');
    await asked('another question', ({ title }) => title !== first.title, 200_000);
  });

  test('in text', async (t) => {
    const computer = await booted(t, ...installerWords('vga=normal nomodeset quiet'));
    await until(computer, /Select a language[\s\S]*English/, 1_500_000);
    type(computer, '\r');
    await until(computer, /Select your location[\s\S]*United States/, 200_000);
  });
});
