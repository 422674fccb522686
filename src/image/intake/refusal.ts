/** Turns what goes wrong with foreign bytes and full disks into Refusals that name the image. */
import { Refusal } from '../../environment/index.ts';
import { hasCode } from '../../host/index.ts';
import { Damage, Unsupported } from '../../oci/index.ts';

/** Runs work on `what`, whose bytes go to `where`. */
export const refusing = async <T>(what: string, where: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asRefusal(error, what, where);
  }
};

const asRefusal = (error: unknown, what: string, where: string): unknown => {
  if (error instanceof Damage) return new Refusal('image-damaged', [what, error.message], { cause: error });
  if (error instanceof Unsupported) return new Refusal('image-unsupported', [what, error.message, error.remedy], { cause: error });
  if (['ENOSPC', 'EDQUOT'].some((code) => hasCode(error, code))) return new Refusal('no-space', [what, where], { cause: error });
  return error;
};

/** Unpacking sets owners and makes device nodes: only root may. */
export const requireRoot = (deed: string): void => {
  if (process.getuid?.() !== 0) throw new Refusal('not-root', [deed]);
};
