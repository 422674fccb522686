/** What befell processes of a guest's programs, without these or the guest asking for it. */

/**
 * `keeper`: who starts them is gone, or couldn't be started, so there are no more · `refused`: the host starts no more of them at the moment · `full`: it has no room for more mappings in one · `ended`: one is gone that stood still, so its
 * program goes on without it · `lost`: one is gone that ran, with its program · `stubborn`: one didn't stop when it was asked to · `narrow`: one
 * that tried to ask as code of 32 bits does wasn't stopped, but ended.
 */
export type Incident = 'keeper' | 'refused' | 'full' | 'ended' | 'lost' | 'stubborn' | 'narrow';

export type Befall = (incident: Incident) => void;
