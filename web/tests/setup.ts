/** Every room is open in tests. */
import "@/i18n/more";
