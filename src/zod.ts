// zod, as everything here uses it: most schemas see one value in the life of a process, and generating code for them (zod's own
// way with objects) took longer than the checks, in the main thread and again in each worker.

import { z } from 'zod';

z.config({ jitless: true });

export { z };
