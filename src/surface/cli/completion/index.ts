/** Completion scripts, made from the table of commands. */
import { completionModel } from './model.ts';

export const completionFor = async (shell: 'bash' | 'zsh' | 'fish'): Promise<string> => {
  const model = await completionModel();
  switch (shell) {
    case 'bash':
      return (await import('./bash.ts')).bashCompletion(model);
    case 'zsh':
      return (await import('./zsh.ts')).zshCompletion(model);
    case 'fish':
      return (await import('./fish.ts')).fishCompletion(model);
  }
};
