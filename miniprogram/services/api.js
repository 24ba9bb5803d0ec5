import { API_BASE } from '../utils/environment.js';
import { createClient } from '../utils/request.js';

/** The mini-program's own client; pages reach it through the other modules of this folder. */
export const api = createClient(wx, API_BASE);
