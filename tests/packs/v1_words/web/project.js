export const words = "project";
