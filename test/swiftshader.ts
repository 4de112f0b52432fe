/** WebGPU without a GPU: the Vulkan driver that Debian's chromium ships, or another one that the environment names. */

import { existsSync } from 'node:fs';

const DRIVER = process.env.VK_ICD_FILENAMES ?? '/usr/lib/chromium/vk_swiftshader_icd.json';

export const hasSwiftShader = existsSync(DRIVER);

/** Makes this process use it; to be called before anything runs on WebGPU. */
export function useSwiftShader(): void {
  process.env.VK_ICD_FILENAMES = DRIVER;
}
