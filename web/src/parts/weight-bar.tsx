import classes from './weight-bar.module.css';

type WeightBarProps = {
  /** The candidate's share in percent. */
  readonly weight: number;
  readonly isMoving: boolean;
  readonly label: string;
};

/** The new version's share of the traffic. */
export function WeightBar({ weight, isMoving, label }: WeightBarProps) {
  return (
    <div
      className={classes.bar}
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(weight)}
      aria-valuemin={0}
      aria-valuemax={100}
      data-moving={isMoving}
    >
      <div className={classes.part} style={{ width: `${weight}%` }} />
    </div>
  );
}
